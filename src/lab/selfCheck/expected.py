"""Writes expected.json: what Hugging Face transformers computes for the self-check of an adapter.

Needs torch, transformers and safetensors; the file was written with PyTorch 2.13.0 and transformers 5.18.0 on a CPU:

    python src/lab/selfCheck/expected.py

The input is the beginning of the TinyStories evaluation text. It is long enough for the kernels of many rows, and the logits of
16 positions all over it are kept, in float32. They are computed in float64 from the model's float32 weights, so that they carry no
rounding error of their own beyond that of being stored.
"""

import base64
import json
import pathlib

import torch
import transformers

LENGTH, EVERY = 256, 16
root = pathlib.Path(__file__).resolve().parents[3]
folder = root / "public/models/stories260K"
text = (root / "public/data/tinystories/valid.txt").read_text(encoding="utf-8")

tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).to(torch.float64).eval()
ids = tokenizer(text[:4000])["input_ids"][:LENGTH]
with torch.no_grad():
    logits = model(torch.tensor([ids])).logits[0, EVERY - 1 :: EVERY].to(torch.float32).contiguous()

expected = {
    "origin": f"src/lab/selfCheck/expected.py, transformers {transformers.__version__}, PyTorch {torch.__version__}",
    "model": "stories260K",
    "ids": ids,
    "positions": list(range(EVERY - 1, LENGTH, EVERY)),
    "logits": base64.b64encode(logits.numpy().astype("<f4").tobytes()).decode("ascii"),
}
path = pathlib.Path(__file__).with_name("expected.json")
path.write_text(json.dumps(expected) + "\n", encoding="utf-8")
