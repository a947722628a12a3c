-- What a provider was really sent, in our terms: numbers and names, no words of the caller's.
alter table i2i.attempts add column sent jsonb;
