-- What a person should hear of each track: for genre and mood why, or null, and how telling it is.
with unclear as (
    select track_id, field, any_value(value) as value, max(confidence) as confidence
    from labels
    where origin = 'source' and not accepted and field in ('genre', 'mood')
    group by track_id, field
), judged as (
    select
        c.*,
        coalesce(c.genre_by_source, g.value) as genre_source_says,
        coalesce(c.mood_by_source, m.value) as mood_source_says,
        review_why(c.genre_origin, c.genre_by_source, c.genre_by_model, g.value) as genre_why,
        review_why(c.mood_origin, c.mood_by_source, c.mood_by_model, m.value) as mood_why,
        review_weight(genre_why, c.genre_model_confidence, g.confidence) as genre_weight,
        review_weight(mood_why, c.mood_model_confidence, m.confidence) as mood_weight,
        list_position($whys, genre_why) as genre_rank,
        list_position($whys, mood_why) as mood_rank
    from catalog_full as c
    left join (from unclear where field = 'genre') as g using (track_id)
    left join (from unclear where field = 'mood') as m using (track_id)
    where c.duplicate_of is null
)
