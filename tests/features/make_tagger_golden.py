"""Makes tagger_golden.json by running the original musicnn network under TensorFlow.

In an environment of its own, with the musicnn 0.1.0 wheel unpacked in FOLDER:
    pip install tensorflow-cpu==2.21.0 tf_keras==2.21.0 librosa numpy
    TF_USE_LEGACY_KERAS=1 PYTHONPATH=FOLDER:. python tests/features/make_tagger_golden.py FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np

SAMPLES = 186 * 256 + 512


def signal() -> np.ndarray:
    """Three seconds of plucked A major over a kick at 120 BPM, mono float32 at 16 kHz."""
    t = np.arange(SAMPLES) / 16000
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220.0, 277.18, 329.63, 440.0))
    kick = np.sin(2 * np.pi * 55 * t + 6 * np.exp(-30 * (t % 0.5))) * np.exp(-9 * (t % 0.5))
    return (0.1 * chord * np.exp(-4 * (t % 0.25)) + 0.4 * kick).astype(np.float32)


def librosas_log_mel(y: np.ndarray) -> np.ndarray:
    """What the original feeds its network with, shape (frames, 96)."""
    import librosa

    power = librosa.feature.melspectrogram(
        y=y, sr=16000, n_fft=512, hop_length=256, n_mels=96, center=False
    )
    return np.log10(1 + 10000 * power.T)


def main(folder: str) -> None:
    import tensorflow as tf
    from musicnn import models

    from features.tagger.tagging import log_mel

    tf.compat.v1.disable_eager_execution()
    with tf.name_scope("model"):
        mel = tf.compat.v1.placeholder(tf.float32, [None, 187, 96])
        training = tf.compat.v1.placeholder(tf.bool)
        logits, *_, embedding = models.define_model(mel, training, "MSD_musicnn", 50)
        tags = tf.nn.sigmoid(logits)
    session = tf.compat.v1.Session()
    tf.compat.v1.train.Saver().restore(session, f"{folder}/musicnn/MSD_musicnn/")
    feed = {mel: log_mel(signal())[None], training: False}
    values = session.run([tags, embedding], feed)
    golden = dict(
        zip(
            ("tags", "embedding"),
            (v[0].astype(float).round(6).tolist() for v in values),
            strict=True,
        )
    )
    golden["log_mel"] = librosas_log_mel(signal())[::60].astype(float).round(6).tolist()
    Path(__file__).with_name("tagger_golden.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
