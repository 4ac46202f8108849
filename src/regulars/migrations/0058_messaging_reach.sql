-- Why: in which channels marketing may reach somebody, as a view that asks what the check before a send asks.
-- On 10M rows: views, functions and columns of a table of one row, instant.
-- Undo: drop the views, functions and columns made here.

-- An address with other than ASCII signs, folded as Python does it; capitals of Latin, Greek and Cyrillic, of no other
-- scripts. Not SQL, so that its long texts do not become part of every plan.
create function messaging.normalised_beyond_ascii(address text) returns text language plpgsql immutable parallel safe as $$
begin
    return replace(replace(
        translate(
            lower(btrim(
                normalize(address, nfkc), E' \t\n\r\f\x0b\x1c\x1d\x1e\x1f\u0085\u1680\u2028\u2029'
            ) collate "C"),
            'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĴĶĹĻĽŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦŨŪŬŮŰŲŴŶŸŹŻŽƁƂ'
            || 'ƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǴǶǷǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅ'
            || 'ɆɈɊɌɎͰͲͶͿΆΈΉΊΌΎΏΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫςϏϘϚϜϞϠϢϤϦϨϪϬϮϷϺϽϾϿЀЁЂЃЄЅІЇЈЉЊЋЌЍЎЏАБВГДЕЖЗИЙКЛМНО'
            || 'ПРСТУФХЦЧШЩЪЫЬЭЮЯѠѢѤѦѨѪѬѮѰѲѴѶѸѺѼѾҀҊҌҎҐҒҔҖҘҚҜҞҠҢҤҦҨҪҬҮҰҲҴҶҸҺҼҾӀӁӃӅӇӉӋӍӐӒӔӖӘӚӜӞӠӢӤӦӨӪӬӮӰӲӴӶӸӺӼ'
            || 'ӾԀԂԄԆԈԊԌԎԐԒԔԖԘԚԜԞԠԢԤԦԨԪԬԮḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄ'
            || 'ẆẈẊẌẎẐẒẔẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾẞ',
            'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷÿźżžɓƃ'
            || 'ƅɔƈɖɗƌǝəɛƒɠɣɩɨƙɯɲɵơƣƥʀƨʃƭʈưʊʋƴƶʒƹƽǎǐǒǔǖǘǚǜǟǡǣǥǧǩǫǭǯǵƕƿǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟƞȣȥȧȩȫȭȯȱȳⱥȼƚⱦɂƀʉʌ'
            || 'ɇɉɋɍɏͱͳͷϳάέήίόύώαβγδεζηθικλμνξοπρστυφχψωϊϋσϗϙϛϝϟϡϣϥϧϩϫϭϯϸϻͻͼͽѐёђѓєѕіїјљњћќѝўџабвгдежзийклмно'
            || 'прстуфхцчшщъыьэюяѡѣѥѧѩѫѭѯѱѳѵѷѹѻѽѿҁҋҍҏґғҕҗҙқҝҟҡңҥҧҩҫҭүұҳҵҷҹһҽҿӏӂӄӆӈӊӌӎӑӓӕӗәӛӝӟӡӣӥӧөӫӭӯӱӳӵӷӹӻӽ'
            || 'ӿԁԃԅԇԉԋԍԏԑԓԕԗԙԛԝԟԡԣԥԧԩԫԭԯḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅ'
            || 'ẇẉẋẍẏẑẓẕạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿß'
        ), 'ß', 'ss'), 'İ', E'i\u0307');
end
$$;

-- An address as suppression compares it.
create function messaging.normalised(address text) returns text language sql immutable parallel safe as $$
    select case
        when octet_length(address) = char_length(address)
            then lower(btrim(address, E' \t\n\r\f\x0b\x1c\x1d\x1e\x1f') collate "C")
        else messaging.normalised_beyond_ascii(address)
    end
$$;

-- Whether something can be sent to an address as it is written: by shape, as it is asked before a send.
create function messaging.usable(medium text, address text) returns boolean language sql immutable parallel safe as $$
    select case
        when medium = 'email'
            then char_length(address) <= 254
                and address collate "C" ~ '^[^@\s<>,;:"\\]+@[^@\s<>,;:"\\]+$'
                and address collate "C" !~ '[\u0001-\u0020\u007f-\u00a0\u00ad]'
                and (
                    octet_length(address) = char_length(address)
                    or address collate "C" !~ (
                        '[\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u1680\u180e\u2000-\u200f\u2028-\u202f'
                        || '\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff9-\ufffb\U000e0000-\U0010ffff]'
                    )
                )
        else address collate "C" ~ '^\+?[0-9][0-9 ()./-]{4,30}$'
    end
$$;

-- The two keys of HMAC-SHA-256, so that a keyed hash is two hashes.
create function messaging.padded(key bytea, sign integer) returns bytea language sql immutable parallel safe as $$
    select decode(string_agg(
        lpad(to_hex(case when n < length(key) then get_byte(key, n) else 0 end # sign), 2, '0'), '' order by n
    ), 'hex')
    from generate_series(0, 63) as n
$$;
alter table messaging.secret
    add column inner_key bytea not null generated always as (messaging.padded(value, 54)) stored,
    add column outer_key bytea not null generated always as (messaging.padded(value, 92)) stored;

-- One row for each channel in which marketing to a chosen audience may reach somebody, and from which moment on: who
-- asked for a pause, or to hear less often, may be reached after it. Asked by hand for a few people; for everybody
-- the last words are grouped first.
do $$
declare
    grouped text := $said$
        select customer_id,
            bool_or(not given) filter (where about = 'profiling') as objected,
            bool_or(not given) filter (where about = 'processing') as restricted,
            max(coalesce(until, 'infinity')) filter (where about = 'pause' and not given) as paused_until,
            bool_or(not given) filter (where about = 'frequency') as less_often,
            max(every_days) filter (where about = 'frequency' and not given) as every_days,
            bool_or(given) filter (where about = 'consent' and channel = 'email') as email,
            bool_or(given) filter (where about = 'consent' and channel = 'sms') as sms,
            bool_or(given) filter (where about = 'consent' and channel = 'phone') as phone
        from customers.fact_last_word %s group by customer_id
    $said$;
    body text := $body$
        select
            customer.customer_id, way.channel,
            coalesce(
                greatest(
                    said.paused_until,
                    case when said.less_often then (
                        select
                            max(send.decided_at)
                            + make_interval(hours => 24 * coalesce(said.every_days, rule.less_often_days))
                        from messaging.send
                        inner join messaging.source using (source_id)
                        where
                            send.customer_id = customer.customer_id and source.purpose = 'marketing'
                            and send.state in ('handed', 'sent', 'in_doubt')
                    ) end
                ) - interval '1 microsecond',
                timestamptz '1970-01-01 00:00:00Z'
            ) as since
        from customers.fact_customer as customer
        cross join customers.fact_consent_rule as rule
        cross join messaging.secret
        left join %s as said %s
        cross join lateral (
            values ('email', customer.email, said.email), ('sms', customer.phone, said.sms),
                ('phone', customer.phone, said.phone)
        ) as way (channel, address, given)
        where
            way.address is not null and messaging.usable(way.channel, way.address)
            and coalesce(way.given, rule.may_write_unasked)
            and said.restricted is not true
            and not (rule.targeting_is_profiling and coalesce(said.objected, false))
            and coalesce(said.paused_until < 'infinity', true)
            and not exists (
                select from messaging.suppression
                where
                    suppression.channel = way.channel
                    and suppression.address_hash = sha256(
                        secret.outer_key
                        || sha256(secret.inner_key || convert_to(messaging.normalised(way.address), 'UTF8'))
                    )
            )
    $body$;
begin
    execute 'create view messaging.fact_reach as ' || format(
        body, format('lateral (%s)', format(grouped, 'where fact_last_word.customer_id = customer.customer_id')), 'on true'
    );
    execute 'create view messaging.fact_reach_of_all as ' || format(
        body, format('(%s)', format(grouped, '')), 'using (customer_id)'
    );
end
$$;
