-- Where do the source and the model disagree about genre or mood? (The surest 1,000)
-- First how sure the model is of the 1,000th: then only few tracks are read whole.
set variable surest = (
    select min(confidence) from (
        from (
            select genre_model_confidence as confidence
            from catalog_full
            where genre_by_source is not null and genre_by_source <> genre_by_model
            union all
            select mood_model_confidence
            from catalog_full
            where mood_by_source is not null and mood_by_source <> mood_by_model
        )
        order by confidence desc
        limit 1000
    )
);
with disputed as materialized (
    select
        track_id, artist, title, genre, genre_origin, genre_by_source, genre_by_model,
        genre_model_confidence, mood, mood_origin, mood_by_source, mood_by_model,
        mood_model_confidence
    from catalog_full
    where (genre_model_confidence >= getvariable('surest') and genre_by_source <> genre_by_model)
        or (mood_model_confidence >= getvariable('surest') and mood_by_source <> mood_by_model)
)
select * replace (round(model_confidence, 3) as model_confidence)
from (
    select track_id, artist, title, 'genre' as field, genre_by_source as source_says,
        genre_by_model as model_says, genre_model_confidence as model_confidence,
        if(genre_origin = 'person', genre, null) as person_says
    from disputed
    where genre_by_source <> genre_by_model
    union all
    select track_id, artist, title, 'mood', mood_by_source, mood_by_model, mood_model_confidence,
        if(mood_origin = 'person', mood, null)
    from disputed
    where mood_by_source <> mood_by_model
) as said
order by said.model_confidence desc, track_id, field
limit 1000;
