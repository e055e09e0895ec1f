"""Why a decision came out as it did: the facts as they stood, who reported them, in sentences."""
