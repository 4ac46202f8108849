-- Why: a return that came while points were held takes its due when the hold is captured, too, from whatever else is there.
-- On 10M rows: instant.
-- Undo: create the function again as in 0063.

-- What happens where a hold is resolved: returns that had to wait for it take theirs, then debts. What the hold became is
-- all one: held points were still the member's when the order came back, so that capturing must forgive nothing that
-- voiding would not. Its member is locked.
create or replace function loyalty.freed(p_hold bigint, p_at timestamptz) returns void language plpgsql as $$
declare
    h loyalty.hold;
    booked timestamptz;
begin
    select * into h from loyalty.hold where id = p_hold;
    select loyalty.book_at(m.programme_id, p_at, m.booked_at) into booked from loyalty.member m where m.id = h.member_id;
    perform loyalty.make_good(h.member_id, h.currency_id, h.amount, h.turn, booked, null);
    if h.amount > h.captured then
        perform loyalty.repay(h.programme_id, h.currency_id, h.member_id, booked);
    end if;
end $$;
