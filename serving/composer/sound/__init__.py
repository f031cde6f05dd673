"""How notes sound: generators, throats, instruments, kits, envelopes, effects, soundfonts."""
