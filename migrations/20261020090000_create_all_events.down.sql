DROP VIEW IF EXISTS all_events;
