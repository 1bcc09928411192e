DROP TABLE IF EXISTS projection_positions;
DROP TABLE IF EXISTS projections;
