-- Every track with why its licence is refused, and the first reason why it can't be trained on.
-- "(from refusals)" is where the refused rights of a policy go, "(first reason)" what judged.py
-- excludes tracks for.
select
    c.*,
    r.refusal,
    (first reason) as reason
from catalog_full as c
left join (from refusals) as r
    on c.licence is not distinct from r.licence
    and c.commercial_use is not distinct from r.commercial_use
    and c.derivatives is not distinct from r.derivatives
    and c.ai_training_reserved is not distinct from r.ai_training_reserved
