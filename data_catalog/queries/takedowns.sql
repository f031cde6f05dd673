-- What was taken down, why, and what had it gone into?
select track_id, artist, title, reason, affected, taken_down_at
from takedowns
order by taken_down_at desc, track_id;
