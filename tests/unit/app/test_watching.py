"""Noticing that a file changed."""

from firstclass.app.watching import Watch


def test_a_changed_file_is_noticed_once(tmp_path, monkeypatch):
    monkeypatch.setattr("firstclass.app.watching.POLL_SECONDS", 0.0)
    path = tmp_path / "a.yaml"
    path.write_text("1")
    watch = Watch([path])
    assert not watch.changed()
    path.write_text("22")
    assert watch.changed()
    assert not watch.changed()


def test_a_file_that_vanishes_and_returns_is_a_change(tmp_path, monkeypatch):
    monkeypatch.setattr("firstclass.app.watching.POLL_SECONDS", 0.0)
    path = tmp_path / "a.yaml"
    path.write_text("1")
    watch = Watch([path])
    path.unlink()
    assert watch.changed()
    path.write_text("1")
    assert watch.changed()


def test_a_save_while_files_are_applied_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("firstclass.app.watching.POLL_SECONDS", 0.0)
    path = tmp_path / "a"
    path.write_text("one")
    watch = Watch([path])
    path.write_text("three")
    watch.follow([path])
    assert watch.changed() and not watch.changed()
