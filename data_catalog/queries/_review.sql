-- Labels that a person should hear, the most telling first; $field may be null for both.
with newest as (
    select track_id, field, origin, value, confidence, accepted
    from labels
    where field in ('genre', 'mood') and ($field is null or field = $field)
    qualify row_number() over (
        partition by track_id, field, origin order by labelled_at desc, confidence desc
    ) = 1
),
said as (
    select
        track_id, field,
        any_value(value) filter (origin = 'source') as source_says,
        any_value(confidence) filter (origin = 'source') as source_confidence,
        coalesce(any_value(accepted) filter (origin = 'source'), false) as source_clear,
        any_value(value) filter (origin = 'model') as model_says,
        any_value(confidence) filter (origin = 'model') as model_confidence
    from newest
    group by track_id, field
    having not bool_or(origin = 'person')
),
judged as (
    select
        *,
        case
            when source_clear and model_says <> source_says then 'conflict'
            when source_clear then null
            when source_says is not null then 'unclear source'
            else 'uncertain'
        end as why,
        case
            when source_clear then model_confidence
            when source_says is not null then 1 - coalesce(source_confidence, 0)
            else 1 - coalesce(model_confidence, 0)
        end as weight
    from said
)
select
    j.track_id, c.title, c.artist, c.path, c.duration_s, j.field, j.why, j.source_says,
    j.model_says, j.model_confidence, j.weight
from judged as j
join catalog as c using (track_id)
where j.why is not null and c.duplicate_of is null and ($why is null or j.why = $why)
order by
    case j.why when 'conflict' then 0 when 'unclear source' then 1 else 2 end,
    j.weight desc, j.track_id, j.field
limit $limit offset $offset;
