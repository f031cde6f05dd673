-- Which models were trained on which snapshot, and which one is in production?
select model_id, kind, status, snapshot, licence, commercial_use, metrics, flag, created_at
from models
order by kind, created_at desc;
