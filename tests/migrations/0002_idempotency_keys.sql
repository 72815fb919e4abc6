-- Rows as the service wrote them when 0002 was the last migration.
INSERT INTO idempotency_keys VALUES
  ('acme', 'secret:order-1', '5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef', '0190163d-8694-7000-8000-000000000001', 1700000000000);
