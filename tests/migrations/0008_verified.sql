-- Rows as the service wrote them when 0008 was the last migration.
UPDATE contacts SET non_verified_phone_number = '+15550199', updated_at_ms = 1700000012000
  WHERE organization = 'acme' AND id = '0190163d-8694-7000-8000-0000000000c4';
