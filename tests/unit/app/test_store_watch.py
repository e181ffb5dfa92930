"""A look at the store's files that costs nothing."""

from firstclass.app import store_watch
from firstclass.app.control_start import TURN_SECONDS
from firstclass.app.store_watch import StoreWatch


def test_a_quiet_store_is_looked_into_once_in_a_while_only(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(store_watch.time, "monotonic", lambda: now[0])
    file = tmp_path / "store.db"
    file.write_text("1")
    watch = StoreWatch(file)
    assert watch.may_have_changed()
    looks = 0
    for _ in range(60):  # ten minutes, as control looks
        now[0] += TURN_SECONDS
        looks += watch.may_have_changed()
    assert 8 <= looks <= 11


def test_a_written_log_is_worth_a_look_at_once_and_for_a_while(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(store_watch.time, "monotonic", lambda: now[0])
    file = tmp_path / "store.db"
    file.write_text("1")
    watch = StoreWatch(file)
    watch.may_have_changed()
    now[0] += 15.5
    assert not watch.may_have_changed()
    (tmp_path / "store.db-wal").write_text("x")
    for _ in range(2):  # a second write within the tick of the first would look like it
        assert watch.may_have_changed()
        now[0] += TURN_SECONDS
    assert not watch.may_have_changed()


def test_who_was_told_of_a_change_looks_again(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(store_watch.time, "monotonic", lambda: now[0])
    (tmp_path / "store.db").write_text("1")
    watch = StoreWatch(tmp_path / "store.db")
    watch.may_have_changed()
    now[0] += 15.5
    assert not watch.may_have_changed()
    watch.forget()
    assert watch.may_have_changed()
