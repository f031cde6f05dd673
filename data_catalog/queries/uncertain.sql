-- Which labels is the model least sure of, so that a person should listen first? (100 of them)
-- First how sure the 100th is: then only few tracks are read whole.
set variable genre_doubt = (
    select max(confidence) from (
        select genre_model_confidence as confidence
        from catalog_full
        where genre_by_model is not null and coalesce(genre_origin, 'model') = 'model'
        order by confidence
        limit 100
    )
);
set variable mood_doubt = (
    select max(confidence) from (
        select mood_model_confidence as confidence
        from catalog_full
        where mood_by_model is not null and coalesce(mood_origin, 'model') = 'model'
        order by confidence
        limit 100
    )
);
select track_id, artist, title, field, value, round(guesses.confidence, 3) as confidence,
    coalesce(origin = 'model', false) as accepted, path
from (
    select track_id, artist, title, 'genre' as field, genre_by_model as value,
        genre_model_confidence as confidence, genre_origin as origin, path
    from catalog_full
    where genre_by_model is not null and coalesce(genre_origin, 'model') = 'model'
        and genre_model_confidence <= getvariable('genre_doubt')
    union all
    select track_id, artist, title, 'mood', mood_by_model, mood_model_confidence, mood_origin, path
    from catalog_full
    where mood_by_model is not null and coalesce(mood_origin, 'model') = 'model'
        and mood_model_confidence <= getvariable('mood_doubt')
) as guesses
order by guesses.confidence, track_id, field
limit 100;
