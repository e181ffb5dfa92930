"""Taking over from another gateway: its export is read into plain nouns (`foreign`), its routes are matched with the
contract's operations, and all of it is written in one transaction. Of a key only its SHA-256 is ever held."""
