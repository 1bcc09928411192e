DROP TYPE IF EXISTS projection_status;
