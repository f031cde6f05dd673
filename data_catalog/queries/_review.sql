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
        case
            when c.genre_origin = 'person' then null
            when c.genre_by_source = coalesce(c.genre_by_model, c.genre_by_source) then null
            when c.genre_by_source is not null then 'conflict'
            when g.value is not null then 'unclear source'
            when c.genre_by_model is not null then 'uncertain'
            else 'unlabelled'
        end as genre_why,
        case
            when c.mood_origin = 'person' then null
            when c.mood_by_source = coalesce(c.mood_by_model, c.mood_by_source) then null
            when c.mood_by_source is not null then 'conflict'
            when m.value is not null then 'unclear source'
            when c.mood_by_model is not null then 'uncertain'
            else 'unlabelled'
        end as mood_why,
        case genre_why
            when 'conflict' then c.genre_model_confidence
            when 'unclear source' then 1 - coalesce(g.confidence, 0)
            when 'uncertain' then 1 - coalesce(c.genre_model_confidence, 0)
            else 0
        end as genre_weight,
        case mood_why
            when 'conflict' then c.mood_model_confidence
            when 'unclear source' then 1 - coalesce(m.confidence, 0)
            when 'uncertain' then 1 - coalesce(c.mood_model_confidence, 0)
            else 0
        end as mood_weight,
        list_position($whys, genre_why) as genre_rank,
        list_position($whys, mood_why) as mood_rank
    from catalog_full as c
    left join (from unclear where field = 'genre') as g using (track_id)
    left join (from unclear where field = 'mood') as m using (track_id)
    where c.duplicate_of is null
)
