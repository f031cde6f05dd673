-- Where do the source and the model disagree about genre or mood?
with newest as (
    select track_id, field, origin, value, confidence
    from labels
    where field in ('genre', 'mood')
    qualify row_number() over (
        partition by track_id, field, origin order by labelled_at desc, confidence desc
    ) = 1
)
select
    s.track_id, c.artist, c.title, s.field, s.value as source_says, m.value as model_says,
    round(m.confidence, 3) as model_confidence, p.value as person_says
from newest as s
join newest as m on m.track_id = s.track_id and m.field = s.field and m.origin = 'model'
left join newest as p on p.track_id = s.track_id and p.field = s.field and p.origin = 'person'
join catalog as c on c.track_id = s.track_id
where s.origin = 'source' and s.value <> m.value
order by m.confidence desc, s.track_id, s.field;
