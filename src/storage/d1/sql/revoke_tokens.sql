-- Begins another token epoch of a contact, which ends all of its tokens. The time makes
-- epochs different even where an earlier state of the database is restored.
-- ?1 organization, ?2 contact, ?3 now
UPDATE contacts SET token_epoch = max(?3, token_epoch + 1) WHERE organization = ?1 AND id = ?2
