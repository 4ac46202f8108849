-- Reserved; its content follows before it is released.
-- Undo: nothing.

select 1;
