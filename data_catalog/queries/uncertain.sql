-- Which labels is the model least sure of, so that a person should listen first?
select
    l.track_id, c.artist, c.title, l.field, l.value, round(l.confidence, 3) as confidence,
    l.accepted, l.model_id, c.path
from labels as l
join catalog as c using (track_id)
where l.origin = 'model'
    and not exists (
        from labels as p
        where p.track_id = l.track_id and p.field = l.field and p.origin = 'person'
    )
qualify row_number() over (
    partition by l.track_id, l.field order by l.labelled_at desc, l.confidence desc
) = 1
order by l.confidence, l.track_id, l.field
limit 100;
