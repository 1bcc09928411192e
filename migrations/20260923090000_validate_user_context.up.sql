-- Second step, in a transaction of its own: the scan holds SHARE UPDATE EXCLUSIVE, which lets readers and writers pass.
-- Validating what is valid does nothing.
ALTER TABLE events VALIDATE CONSTRAINT events_user_context_is_object;
