"""Names and formats of fields that are personal or confidential, in several languages, with the category, sensitivity
and mask that are proposed for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from firstclass.inventory.words import is_about_person, split

Context = Literal["always", "person", "secret"]


@dataclass(frozen=True)
class Kind:
    """A kind of data: what a mask leaves of it, and when its names count (`person`: on an object about a person)."""

    category: str
    sensitivity: str
    says: str
    keep: str | None
    phrases: frozenset[str]
    context: Context = "always"
    formats: frozenset[str] = frozenset()


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Phrases are a name's words written as one; they must end the name (`customerEmail`, not `emailTemplate`).
KINDS: tuple[Kind, ...] = (
    Kind(
        "credential",
        "restricted",
        "a credential",
        None,
        _phrases(
            "password passwd pwd passphrase passcode pin pincode secret clientsecret"
            " apisecret secretkey privatekey apikey"
            " accesskey accesstoken refreshtoken authtoken sessiontoken idtoken bearertoken apitoken resettoken token"
            " otp totpsecret mfasecret webhooksecret signingsecret signingkey encryptionkey securityanswer passwordhash"
            " hashedpassword passwort kennwort wachtwoord motdepasse contrasena senha parola haslo losenord"
            " recoverycode recoverycodes backupcodes"
        ),
        "secret",
        frozenset({"password"}),
    ),
    Kind(
        "financial",
        "restricted",
        "payment data",
        "last-4",
        _phrases(
            "iban pan cardnumber creditcard creditcardnumber debitcard paymentcard ccnumber bankaccount"
            " bankaccountnumber accountiban routingnumber sortcode kontonummer rekeningnummer kreditkarte"
            " kreditkartennummer numerodecarte numerotarjeta numerodetarjeta numerocarta cartaodecredito"
        ),
        formats=frozenset({"iban", "credit-card", "creditcard", "pan"}),
    ),
    Kind(
        "financial",
        "restricted",
        "a card's security code",
        None,
        _phrases("cvv cvv2 cvc cvc2 cardverificationvalue securitycode kartenpruefnummer pruefnummer"),
    ),
    Kind(
        "financial",
        "confidential",
        "income",
        None,
        _phrases("salary annualsalary wage income annualincome gehalt salaris salaire salario stipendio loon networth"),
    ),
    Kind(
        "identity",
        "restricted",
        "a number that identifies a person to the state",
        "last-4",
        _phrases(
            "ssn socialsecuritynumber nationalid nationalidnumber nationalinsurancenumber nino bsn"
            " burgerservicenummer personnummer cpf dni nif nie curp rfcpersonal aadhaar pesel codicefiscale steuerid"
            " steueridentifikationsnummer sozialversicherungsnummer ahvnummer ahvnr numerosecuritesociale nir taxid"
            " taxnumber taxpayerid passport passportnumber passportno reisepassnummer paspoortnummer passeport"
            " pasaporte driverslicense driverlicense driverslicensenumber driverlicensenumber drivinglicence"
            " drivinglicencenumber fuehrerscheinnummer idcardnumber identitycardnumber personalid"
        ),
        formats=frozenset({"ssn", "bsn"}),
    ),
    Kind(
        "identity",
        "confidential",
        "a date of birth",
        None,
        _phrases(
            "birthdate dateofbirth birthday dob birthdatetime bornon geburtsdatum geburtstag geboortedatum"
            " datedenaissance datenaissance naissance fechadenacimiento fechanacimiento nacimiento datadinascita"
            " datanascita datadenascimento datanascimento fodelsedatum fodselsdato dataurodzenia"
        ),
    ),
    Kind(
        "contact",
        "confidential",
        "an e-mail address",
        "first-1",
        _phrases(
            "email emailaddress emailaddr emails emailaddresses mailaddress emailadresse emailadres adresseemail"
            " courriel correo correoelectronico direccioncorreo indirizzoemail mailadres epost epostadress"
        ),
        formats=frozenset({"email", "idn-email"}),
    ),
    Kind(
        "contact",
        "confidential",
        "a telephone number",
        "last-2",
        _phrases(
            "phone phonenumber phones phonenumbers telephone telephonenumber mobile mobilephone mobilenumber"
            " mobilephonenumber cellphone cellnumber homephone workphone msisdn fax faxnumber telefon telefonnummer"
            " handynummer mobilnummer telefoon telefoonnummer mobielnummer tel numerodetelephone telefono"
            " numerotelefono movil cellulare telefone celular"
        ),
        formats=frozenset({"phone", "tel", "phone-number"}),
    ),
    Kind(
        "contact",
        "confidential",
        "a postal address",
        None,
        _phrases(
            "address addresses homeaddress postaladdress streetaddress billingaddress shippingaddress deliveryaddress"
            " mailingaddress residentialaddress addressline addressline1 addressline2 address1 address2 street"
            " streetname anschrift adresse wohnadresse lieferadresse rechnungsadresse strasse adres straat woonadres"
            " postadres domicilio direccion indirizzo endereco adresszeile adresslinie"
        ),
        "person",
    ),
    Kind(
        "contact",
        "confidential",
        "a postcode",
        None,
        _phrases("postcode postalcode zip zipcode plz postleitzahl codepostal codigopostal cap cep postnummer"),
        "person",
    ),
    Kind(
        "identity",
        "confidential",
        "a person's name",
        None,
        _phrases(
            "firstname lastname surname middlename fullname givenname familyname maidenname realname"
            " vorname nachname familienname geburtsname voornaam achternaam prenom nomdefamille apellido apellidos"
            " cognome primeironome sobrenome fornamn efternamn imie nazwisko cardholdername accountholdername"
            " mothersmaidenname nameoncard"
        ),
    ),
    Kind(
        "identity",
        "confidential",
        "a person's name",
        None,
        _phrases("name naam nom nombre nome namn navn username displayname legalname"),
        "person",
    ),
    Kind(
        "location",
        "confidential",
        "where a person is",
        None,
        _phrases(
            "currentlocation lastlocation lastknownlocation homelocation userlocation geolocation gpslocation"
            " lastseenlocation"
        ),
    ),
    Kind(
        "location",
        "confidential",
        "where a person is",
        None,
        _phrases("latitude longitude lat lng lon latlng coordinates geo breitengrad laengengrad"),
        "person",
    ),
    Kind(
        "network",
        "internal",
        "a person's network address",
        None,
        _phrases(
            "lastloginip loginip clientip userip ipaddress ip remoteaddr remoteip deviceid imei advertisingid idfa"
        ),
        "person",
    ),
    Kind(
        "health",
        "restricted",
        "health data",
        None,
        _phrases(
            "diagnosis diagnoses bloodtype bloodgroup medicalhistory medicalrecord medicalrecordnumber healthstatus"
            " disability allergies medications prescription hivstatus krankheit diagnose diagnostico"
            " insurancenumber healthinsurancenumber krankenversicherungsnummer"
        ),
    ),
    Kind(
        "sensitive",
        "restricted",
        "a matter that law protects specially",
        None,
        _phrases(
            "religion ethnicity race sexualorientation politicalopinion politicalaffiliation unionmembership"
            " criminalrecord biometric fingerprintdata faceprint geneticdata"
        ),
        "person",
    ),
    Kind(
        "identity",
        "confidential",
        "a person's sex or nationality",
        None,
        _phrases("gender sex geschlecht geslacht genre sexe genero maritalstatus nationality nationaliteit"),
        "person",
    ),
)
_BY_PHRASE: dict[str, tuple[Kind, ...]] = {}
for _kind in KINDS:
    for _phrase in _kind.phrases:
        _BY_PHRASE[_phrase] = (*_BY_PHRASE.get(_phrase, ()), _kind)
# Words at the end of a name that say nothing about its kind.
_TAIL = frozenset({"value", "text", "string", "raw", "1", "2", "3", "primary", "secondary", "nr", "no", "number"})
# A token that is no credential: where a list goes on, or what protects a form.
_MARKS = frozenset(
    {
        *("next", "page", "continuation", "continue", "sync", "cursor", "csrf", "xsrf", "previous", "prev", "start"),
        *("end", "public", "paging", "pagination", "skip", "change", "delta", "idempotency", "stop", "max", "total"),
        *("has", "is", "with", "use", "requires", "num", "prompt", "completion", "eos", "bos", "pad", "publishable"),
    }
)
_NOT_PERSONAL = frozenset(
    {
        *("ip", "mac", "memory", "wallet", "contract", "server", "bind", "listen", "host", "company", "business"),
        *("store", "shop", "venue", "brand", "product", "file", "event", "group", "team", "role", "plan", "class"),
        *("network", "gateway", "domain", "category", "template", "field", "project", "repository", "repo", "bank"),
        *(
            "resource",
            "service",
            "organization",
            "organisation",
            "org",
            "display",
            "tag",
            "type",
            "api",
            "app",
            "reference",
            "ref",
            "selector",
        ),
    }
)
_NEVER = frozenset({"ip", "mac", "template", "has", "is"})
# Where a token is a part of a text.
_OF_LANGUAGE = frozenset({"logprob", "logprobs", "prob", "transcription", "tokenizer", "language", "text"})
_QUALIFIERS = frozenset(
    {
        *("home", "work", "billing", "shipping", "delivery", "private", "primary", "main", "mailing", "postal", "old"),
        *("residential", "legal", "full", "preferred", "current", "last", "first", "known", "permanent", "new"),
    }
)
MAX_PHRASE = 5


def classify(name: str, format_: str | None, about: tuple[str, ...]) -> Kind | None:
    """The kind of data that a field of this name and format holds, on an object whose name has the words `about`;
    None: nothing that anybody would hide."""
    for kind in KINDS:
        if format_ is not None and format_.lower() in kind.formats:
            return kind
    words = split(name)
    return _by_words(words, about) or (_by_words(_shortened(words), about) if _shortened(words) != words else None)


def _shortened(words: tuple[str, ...]) -> tuple[str, ...]:
    end = len(words)
    while end > 1 and words[end - 1] in _TAIL:
        end -= 1
    return words[:end]


def _by_words(words: tuple[str, ...], about: tuple[str, ...]) -> Kind | None:
    for start in range(max(0, len(words) - MAX_PHRASE), len(words)):
        for kind in _BY_PHRASE.get("".join(words[start:]), ()):
            if _counts(kind, words[:start], "".join(words[start:]), about):
                return kind
    return None


def _counts(kind: Kind, before: tuple[str, ...], phrase: str, about: tuple[str, ...]) -> bool:
    if kind.context == "secret":
        if phrase == "token" and _OF_LANGUAGE & set(about):
            return False
        return not _MARKS & set(before) and not (phrase == "pin" and not (before or is_about_person(about)))
    if kind.context == "always":
        return not (_NEVER & set(before)) and not (kind.says == "a person's name" and set(about) & _NOT_PERSONAL)
    if set(before) & _NOT_PERSONAL:
        return False
    if is_about_person(before):
        return True
    return is_about_person(about) and not (set(about) & _NOT_PERSONAL) and set(before) <= _QUALIFIERS
