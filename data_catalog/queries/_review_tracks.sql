, listed as (
    from judged
    where coalesce(genre_why, mood_why) is not null
        and (
            $search = ''
            or contains(lower(concat_ws(' ', title, artist, genre, mood, source)), lower($search))
        )
)
-- Counted apart: a window over all rows would carry every column of each.
select
    track_id, title, artist, duration_s, tempo_bpm, tempo_confidence, key, key_confidence, genre,
    genre_confidence, genre_origin, mood, mood_confidence, mood_origin, licence, commercial_use,
    source, quality, duplicate_of, split, genre_why, genre_source_says, genre_by_model,
    genre_model_confidence, mood_why, mood_source_says, mood_by_model, mood_model_confidence,
    (select count(*) from listed) as total
from listed
order by
    least(genre_rank, mood_rank),
    if(coalesce(genre_rank <= mood_rank, mood_rank is null), genre_weight, mood_weight) desc,
    track_id
limit $limit offset $offset;
