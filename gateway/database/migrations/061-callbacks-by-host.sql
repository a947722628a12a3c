-- What is owed to one client is found without reading what is owed to another, however much that is.
create index callbacks_by_host on i2i.callbacks (split_part(url, '/', 3), due_at) where done_at is null;
drop index i2i.callbacks_due;
