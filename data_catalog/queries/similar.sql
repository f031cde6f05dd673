-- Which tracks sound most like the first one? (For another: from similar_to('track_id', 10))
set variable track = (select track_id from embeddings limit 1);
with asked as materialized (
    select concat_ws(': ', artist, title) as sounds_like
    from catalog
    where track_id = getvariable('track')
)
select asked.sounds_like, found.*
from similar_to(getvariable('track'), n := 10) as found, asked
order by similarity desc, track_id;
