-- Tracks that sound most alike by the pretrained embedding; track is the beginning of a track_id.
create or replace macro similar_to(track, n := 10) as table
with wanted as materialized (
    select track_id, embedding
    from current_embeddings
    where starts_with(track_id, track)
    order by track_id
    limit 1
), nearest as (
    select
        track_id,
        array_cosine_similarity(embedding, (select embedding from wanted)) as similarity
    from current_embeddings
    order by similarity desc, track_id
    limit n + 50  -- the track itself, and some that the catalog does not show
)
select c.track_id, c.title, c.artist, c.genre, c.mood, c.tempo_bpm, c.key,
    round(n.similarity::double, 3) as similarity
from catalog as c
join nearest as n using (track_id)
where c.track_id <> (select track_id from wanted)
order by n.similarity desc, c.track_id
limit n;
