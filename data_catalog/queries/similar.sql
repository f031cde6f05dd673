-- Which tracks sound most like the first one? (For another: from similar_to('track_id', 10))
set variable track = (select track_id from current_embeddings limit 1);
from similar_to(getvariable('track'), n := 10);
