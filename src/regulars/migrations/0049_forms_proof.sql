-- Why: a double opt-in is proved by when and from where it was asked and confirmed; the addresses go with the answers.
-- On 10M rows: columns without a default, at once. Undo: drop the columns.

alter table forms.submission
    add column asked_ip text,
    add column confirmed_ip text;
