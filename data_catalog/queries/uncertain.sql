-- Which labels is the model least sure of, so that a person should listen first? (100 of them)
with genres as (
    select track_id, artist, title, 'genre' as field, genre_by_model as value,
        genre_model_confidence as confidence, genre_origin as origin, path
    from catalog_full
    where genre_by_model is not null and coalesce(genre_origin, 'model') = 'model'
    order by genre_model_confidence, track_id
    limit 100
), moods as (
    select track_id, artist, title, 'mood', mood_by_model, mood_model_confidence, mood_origin, path
    from catalog_full
    where mood_by_model is not null and coalesce(mood_origin, 'model') = 'model'
    order by mood_model_confidence, track_id
    limit 100
)
select track_id, artist, title, field, value, round(confidence, 3) as confidence,
    coalesce(origin = 'model', false) as accepted, path
from (from genres union all from moods) as guesses
order by guesses.confidence, track_id, field
limit 100;
