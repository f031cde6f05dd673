-- What did each model generate, and how long did it take?
select
    engine,
    model_id,
    count(*) as generations,
    round(median(generation_s), 2) as median_s,
    max(created_at) as newest
from generations
group by engine, model_id
order by generations desc;
