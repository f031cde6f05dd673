, said as (
    select
        track_id, title, artist, path, duration_s, 'genre' as field, genre_why as why,
        genre_source_says as source_says, genre_by_model as model_says,
        genre_model_confidence as model_confidence, genre_rank as rank, genre_weight as weight
    from judged
    union all
    select
        track_id, title, artist, path, duration_s, 'mood', mood_why, mood_source_says,
        mood_by_model, mood_model_confidence, mood_rank, mood_weight
    from judged
)
select
    track_id, title, artist, path, duration_s, field, why, source_says, model_says,
    model_confidence
from said
where why is not null and ($why is null or why = $why) and ($field is null or field = $field)
order by rank, weight desc, track_id, field
limit $limit offset $offset;
