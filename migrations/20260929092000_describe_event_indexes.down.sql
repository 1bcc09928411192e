COMMENT ON INDEX events_user_context_idx IS NULL;
COMMENT ON INDEX events_with_user_context_idx IS NULL;
COMMENT ON INDEX events_by_type_idx IS NULL;
