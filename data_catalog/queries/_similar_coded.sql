-- neighbours.py puts the columns of codes in place of "(words)" and "(differing signs)".

-- The product of eight values in two words of codes.
create or replace macro code_product(a, b) as
    (((a >> 0) & 255)::int - 128) * (((b >> 0) & 255)::int - 128)
    + (((a >> 8) & 255)::int - 128) * (((b >> 8) & 255)::int - 128)
    + (((a >> 16) & 255)::int - 128) * (((b >> 16) & 255)::int - 128)
    + (((a >> 24) & 255)::int - 128) * (((b >> 24) & 255)::int - 128)
    + (((a >> 32) & 255)::int - 128) * (((b >> 32) & 255)::int - 128)
    + (((a >> 40) & 255)::int - 128) * (((b >> 40) & 255)::int - 128)
    + (((a >> 48) & 255)::int - 128) * (((b >> 48) & 255)::int - 128)
    + (((a >> 56) & 255)::int - 128) * (((b >> 56) & 255)::int - 128);

-- Tracks that sound most alike by the pretrained embedding; track is the beginning of a track_id.
-- Of the tracks whose signs differ least, the nearest by 8-bit values: cosines to within 0.002.
create or replace macro similar_to(track, n := 10) as table
with wanted as materialized (
    from embedding_codes
    semi join (from catalog_full where starts_with(track_id, track)) as current
        using (track_id, extractor_version)
    where starts_with(track_id, track)
    order by track_id
    limit 1
), likely as materialized (
    select
        c.file, c.file_row_number,
        (differing signs) as differing
    from embedding_codes as c, wanted as w
    order by differing
    limit 10000 + 10 * n
), sought as (
    select
        unnest([(words)]) as word,
        unnest(range(len([(words)]))) as place, scale
    from wanted
), compared as (
    select
        track_id, extractor_version,
        unnest([(words)]) as word,
        unnest(range(len([(words)]))) as place, scale
    from embedding_codes
    semi join likely using (file, file_row_number)
), nearest as (
    select
        c.track_id, c.extractor_version,
        sum(code_product(c.word, s.word)) * any_value(c.scale) * any_value(s.scale) as similarity
    from compared as c
    join sought as s using (place)
    group by c.track_id, c.extractor_version
    order by similarity desc, c.track_id
    limit 2 * n + 50  -- the track itself, some that the catalog does not show, older measurements
)
select
    c.track_id, c.title, c.artist, c.genre, c.mood, c.tempo_bpm, c.key,
    round(n.similarity, 3) as similarity
from catalog_full as c
join nearest as n using (track_id, extractor_version)
where c.track_id <> (select track_id from wanted)
order by n.similarity desc, c.track_id
limit n;
