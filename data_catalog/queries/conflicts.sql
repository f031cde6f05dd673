-- Where do the source and the model disagree about genre or mood? (The surest 1,000)
with said as (
    select track_id, artist, title, 'genre' as field, genre_by_source as source_says,
        genre_by_model as model_says, genre_model_confidence as model_confidence,
        if(genre_origin = 'person', genre, null) as person_says
    from catalog_full
    union all
    select track_id, artist, title, 'mood', mood_by_source, mood_by_model, mood_model_confidence,
        if(mood_origin = 'person', mood, null)
    from catalog_full
)
select * replace (round(model_confidence, 3) as model_confidence)
from said
where source_says <> model_says
order by said.model_confidence desc, track_id, field
limit 1000;
