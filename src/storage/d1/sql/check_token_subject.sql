-- Finds the contact of a token, unless its tokens have been revoked since.
-- ?1 organization, ?2 contact, ?3 epoch of the token
SELECT 1 FROM contacts WHERE organization = ?1 AND id = ?2 AND token_epoch = ?3
