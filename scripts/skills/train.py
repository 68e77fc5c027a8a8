"""Makes public/data/skills and trains a Llama of 0.56 million parameters on the problems of problems.py.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 transformers==5.18.0
    venv/bin/python scripts/skills/train.py            # everything
    venv/bin/python scripts/skills/train.py --data     # the data files alone, which need no package

The checkpoint (--checkpoint) is written every 200 steps, and a run that was stopped goes on from it. Equal seeds draw equal
problems at every step. Prompts count a tenth in the loss: the lab measures answers.
"""

import argparse
import json
import pathlib
import random
import time

import problems

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "public/data/skills"
MODEL = ROOT / ".cache/skills"
SEED = 20261201
WINDOW, BATCH = 128, 32
# Learning rates of Muon for the matrices of the layers, and of AdamW for embedding and norms.
RATES = 0.02, 3e-3
WARMUP, DECAY, EVERY = 50, 0.35, 200
PROMPT_WEIGHT = 0.1
CONFIG = dict(
    vocab_size=512,
    hidden_size=128,
    intermediate_size=256,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=4,
    max_position_embeddings=WINDOW,
    tie_word_embeddings=True,
    bos_token_id=0,
    eos_token_id=0,
    rms_norm_eps=1e-5,
)


def mixed(seed, held, count):
    """Returns as many problems of each kind with different keys, shuffled."""
    found = [problem for kind in problems.PROBLEMS for problem in problems.distinct(kind, seed, held, count)]
    random.Random(seed).shuffle(found)
    return found


def written(problems_):
    """Returns problems one after the other, with their answers."""
    return "".join(map(problems.text_of, problems_))


def write_data():
    """Writes the tasks, and texts to measure perplexity on, to calibrate with and to train further on."""
    DATA.mkdir(parents=True, exist_ok=True)
    sums = problems.distinct("arithmetic", SEED, True, 300)
    answers = [{"prompt": problem["prompt"], "answer": problem["answer"].strip()} for problem in sums]
    texts = {
        "strings.jsonl": problems.json_lines(problems.string_tasks(SEED, 200)),
        "arithmetic.jsonl": problems.json_lines(answers),
        "valid.txt": written(mixed(SEED + 1, True, 600)),
        "calibration.txt": written(mixed(SEED + 2, False, 400)),
        "train.txt": written(mixed(SEED + 4, False, 1500)),
    }
    for name, text in texts.items():
        (DATA / name).write_text(text, encoding="utf-8")


def train_tokenizer():
    """Returns a byte-level BPE tokenizer. A line feed is a token of its own, so that a prompt has equal tokens with and without its answer."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    lines = pre_tokenizers.Split(Regex("\n"), "isolated")
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([lines, bytes_])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=CONFIG["vocab_size"],
        special_tokens=[problems.END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = (problems.text_of(problem) for problem in mixed(SEED + 3, False, 5000))
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def batch(tokenizer, step):
    """Draws the windows of a step. Each begins with a problem. @returns ids and weights [BATCH, WINDOW + 1]"""
    rng = random.Random(f"{SEED} {step}")
    streams = {kind: problems.draws(kind, rng, False) for kind in problems.PROBLEMS}
    ids, weights = [], []
    for _ in range(BATCH):
        row, weight = [], []
        while len(row) <= WINDOW:
            # A function has about four times the tokens of a sum.
            problem = next(streams["strings" if rng.random() < 0.3 else "arithmetic"])
            prompt = tokenizer.encode(problem["prompt"]).ids
            answer = tokenizer.encode(problems.text_of(problem)[len(problem["prompt"]) :]).ids
            row += prompt + answer
            weight += [PROMPT_WEIGHT] * len(prompt) + [1.0] * len(answer)
        ids.append(row[: WINDOW + 1])
        weights.append(weight[: WINDOW + 1])
    return ids, weights


def answered(torch, model, tokenizer, kind, count):
    """Returns the share of held-out problems whose whole answer is greedily right."""
    right = 0
    with torch.no_grad():
        for problem in problems.distinct(kind, SEED, True, count):
            prompt = tokenizer.encode(problem["prompt"]).ids
            answer = tokenizer.encode(problem["answer"].rstrip("\n") + "\n").ids
            logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
            right += logits.argmax(-1).tolist() == answer
    return right / count


def optimizers(torch, model):
    """Returns Muon (https://kellerjordan.github.io/posts/muon/) for the layers' matrices and AdamW for the rest."""
    matrices = [p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in model.named_parameters() if p.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(matrices, lr=RATES[0], momentum=0.95, weight_decay=0.01),
        torch.optim.AdamW(others, lr=RATES[1], betas=(0.9, 0.98), weight_decay=0.01),
    ]


def rate(step, steps):
    """Returns the learning rate's factor: warm-up, constant, and linear to 0 over the last third."""
    return min(1, (step + 1) / WARMUP, (steps - step) / (DECAY * steps))


def take_step(torch, model, updates, ids, weights, factor):
    """Trains on the windows of a step. @returns the loss"""
    logits = model(ids[:, :-1]).logits
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    weights = weights[:, 1:].flatten()
    loss = (losses * weights).sum() / weights.sum()
    model.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for update, full in zip(updates, RATES):
        update.param_groups[0]["lr"] = full * factor
        update.step()
    return loss.item()


def save_checkpoint(torch, path, step, model, updates):
    """Writes a checkpoint in place of the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    states = [update.state_dict() for update in updates]
    torch.save(dict(step=step, model=model.state_dict(), updates=states), part)
    part.replace(path)


def train(steps, checkpoint, out):
    """Trains to the last step and writes the model."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    tokenizer = train_tokenizer()
    model = LlamaForCausalLM(LlamaConfig(**CONFIG))
    updates = optimizers(torch, model)
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint)
        first = saved["step"]
        model.load_state_dict(saved["model"])
        for update, state in zip(updates, saved["updates"]):
            update.load_state_dict(state)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, from step {first}", flush=True)
    for step in range(first, steps):
        ids, weights = map(torch.tensor, batch(tokenizer, step))
        loss = take_step(torch, model, updates, ids, weights, rate(step, steps))
        if step % 20 == 0:
            print(f"{time.strftime('%H:%M:%S')} step {step} loss {loss:.4f}", flush=True)
        if (step + 1) % EVERY == 0 or step + 1 == steps:
            save_checkpoint(torch, checkpoint, step + 1, model, updates)
            shares = {kind: answered(torch, model, tokenizer, kind, 100) for kind in problems.PROBLEMS}
            print(f"step {step + 1} right: {shares}", flush=True)
    write_model(model, tokenizer, out)


def write_model(model, tokenizer, out):
    """Writes a model in the layout of the hub, in float16, which halves the file."""
    model.half().save_pretrained(out)
    (out / "generation_config.json").unlink(missing_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    names = dict(tokenizer_class="GPT2TokenizerFast", bos_token=problems.END, eos_token=problems.END, unk_token=problems.END)
    text = json.dumps({**names, "model_max_length": WINDOW}, indent=1) + "\n"
    (out / "tokenizer_config.json").write_text(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", action="store_true", help="write the data files only")
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--checkpoint", type=pathlib.Path, default=ROOT / ".cache/skills.pt")
    parser.add_argument("--out", type=pathlib.Path, default=MODEL)
    arguments = parser.parse_args()
    write_data()
    if not arguments.data:
        train(arguments.steps, arguments.checkpoint, arguments.out)
