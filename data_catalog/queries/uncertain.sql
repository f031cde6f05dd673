-- Which labels is the model least sure of, so that a person should listen first? (100 of them)
-- First how sure the 100th is: then only few tracks are read whole.
set variable doubt = (
    select max(confidence) from (
        from (
            select genre_model_confidence as confidence
            from catalog_full
            where genre_by_model is not null and coalesce(genre_origin, 'model') = 'model'
            union all
            select mood_model_confidence
            from catalog_full
            where mood_by_model is not null and coalesce(mood_origin, 'model') = 'model'
        )
        order by confidence
        limit 100
    )
);
with doubted as materialized (
    select
        track_id, artist, title, path, genre_origin, genre_by_model, genre_model_confidence,
        mood_origin, mood_by_model, mood_model_confidence
    from catalog_full
    where genre_model_confidence <= getvariable('doubt')
        or mood_model_confidence <= getvariable('doubt')
)
select track_id, artist, title, field, value, round(guesses.confidence, 3) as confidence,
    coalesce(origin = 'model', false) as accepted, path
from (
    select track_id, artist, title, 'genre' as field, genre_by_model as value,
        genre_model_confidence as confidence, genre_origin as origin, path
    from doubted
    union all
    select track_id, artist, title, 'mood', mood_by_model, mood_model_confidence, mood_origin, path
    from doubted
) as guesses
where guesses.value is not null and coalesce(origin, 'model') = 'model'
order by guesses.confidence, track_id, field
limit 100;
