-- A takedown may name the URL of a thumbnail.
create index outputs_by_thumbnail on i2i.outputs (thumbnail_path);
