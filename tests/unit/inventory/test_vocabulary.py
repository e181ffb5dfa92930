"""Which names are of confidential data, in which company."""

import pytest

from firstclass.inventory.vocabulary import classify

PERSON, THING = ("customer",), ("product",)


@pytest.mark.parametrize(
    ("name", "about", "category"),
    [
        ("email", THING, "contact"),
        ("customerEmail", THING, "contact"),
        ("E-Mail", PERSON, "contact"),
        ("phone_number", (), "contact"),
        ("telephoneNr", (), "contact"),
        ("homeAddress", PERSON, "contact"),
        ("customerAddress", THING, "contact"),
        ("plz", PERSON, "contact"),
        ("dateOfBirth", (), "identity"),
        ("fecha_de_nacimiento", (), "identity"),
        ("date_de_naissance", (), "identity"),
        ("nom", PERSON, "identity"),
        ("prénom", (), "identity"),
        ("IBAN", (), "financial"),
        ("cardNumber", (), "financial"),
        ("userPassword", (), "credential"),
        ("mot_de_passe", (), "credential"),
        ("accessToken", (), "credential"),
        ("passport_number", (), "identity"),
        ("bloodType", (), "health"),
        ("lastLoginIp", PERSON, "network"),
        ("currentLocation", (), "location"),
        ("religion", PERSON, "sensitive"),
    ],
)
def test_what_would_be_hidden(name, about, category):
    kind = classify(name, None, about)
    assert kind is not None and kind.category == category


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("name", THING),
        ("name", ()),
        ("productName", PERSON),
        ("companyAddress", PERSON),
        ("ipAddress", THING),
        ("emailTemplate", ()),
        ("phoneType", ()),
        ("nextToken", ()),
        ("maxTokens", ()),
        ("token", ("logprob",)),
        ("race", THING),
        ("latitude", ("venue",)),
        ("pin", ("board",)),
        ("spendingCap", PERSON),
        ("fullName", ("repository",)),
        ("secretary", ()),
        ("birdwatching", ()),
        ("", ()),
    ],
)
def test_what_only_sounds_like_it(name, about):
    assert classify(name, None, about) is None


@pytest.mark.parametrize(
    ("format_", "category"), [("email", "contact"), ("password", "credential"), ("IBAN", "financial")]
)
def test_a_format_says_it_without_a_name(format_, category):
    kind = classify("x", format_, ())
    assert kind is not None and kind.category == category
