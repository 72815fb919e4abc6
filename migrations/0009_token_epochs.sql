-- Contact tokens carry the epoch of their contact, and are valid while it lasts. Revoking
-- them begins another one: the time of the revocation, in Unix milliseconds.
ALTER TABLE contacts ADD COLUMN token_epoch INTEGER NOT NULL DEFAULT 0;
