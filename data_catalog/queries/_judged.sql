-- Every track with why its licence is refused, and the first reason why it can't be trained on.
-- "(from refusals)" is where the refused rights of a policy go.
select
    c.*,
    r.refusal,
    case
        when c.quality is null then 'not measured'
        when not sound(c.quality) then 'quality'
        when c.duplicate_of is not null then 'duplicate'
        when r.refusal is not null then 'licence'
        when c.group_id is not null and c.split is null then 'withdrawn'
    end as reason
from catalog_full as c
left join (from refusals) as r
    on c.licence is not distinct from r.licence
    and c.commercial_use is not distinct from r.commercial_use
    and c.derivatives is not distinct from r.derivatives
    and c.ai_training_reserved is not distinct from r.ai_training_reserved
