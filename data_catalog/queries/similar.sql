-- Which tracks sound most like the first one? (For another: from similar_to('track_id', 10))
from similar_to((select track_id from current_embeddings limit 1), n := 10);
