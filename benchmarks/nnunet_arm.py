"""nnU-Net as an arm of a study, trained for as many CPU seconds as ours: one split, from raw data to masks.

    btn export prepared/cohort.csv nnUNet_raw/Dataset501_LGG --layout nnunet --splits studies/lgg --sequence t2f
    NNUNET/bin/python benchmarks/nnunet_arm.py WORK nnUNet_raw/Dataset501_LGG FOLD CPU_SECONDS MASKS CASE [CASE ...]

NNUNET is an environment of its own with `pip install nnunetv2`; nothing of ours is imported. The plan, preprocessing,
augmentation, network, loss and optimiser are nnU-Net's; its learning rate falls over the CPU seconds as it does over
its 1,000 epochs, and the training ends with them, without its validation. MASKS then holds a mask of each CASE, which a
study reads as an arm `external_masks` with `label_scheme: binary`. FOLD counts from 0: split 1 of the study is fold 0.
"""

import argparse
import os
import shutil
import time
from pathlib import Path


def main() -> None:
    """Prepare, train, predict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for what nnU-Net writes")
    parser.add_argument("dataset", type=Path, help="exported dataset")
    parser.add_argument("fold", type=int)
    parser.add_argument("cpu_seconds", type=float)
    parser.add_argument("masks", type=Path)
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--configuration", default="3d_fullres")
    given = parser.parse_args()
    point_to(given.work, given.dataset)
    prepare(given.work, given.dataset, given.configuration)
    trained = train(given.dataset, given.configuration, given.fold, given.cpu_seconds)
    predict(trained, given.dataset, given.fold, given.masks, given.cases)


def point_to(work: Path, dataset: Path) -> None:
    """Tell nnU-Net where its folders are, before it is imported."""
    os.environ |= {
        "nnUNet_raw": str(dataset.parent.resolve()),
        "nnUNet_preprocessed": str((work / "preprocessed").resolve()),
        "nnUNet_results": str((work / "results").resolve()),
        "nnUNet_n_proc_DA": "1",
    }


def prepare(work: Path, dataset: Path, configuration: str) -> None:
    """Let nnU-Net plan and preprocess once, and give it the study's splits."""
    from nnunetv2.experiment_planning.plan_and_preprocess_api import extract_fingerprints, plan_experiments, preprocess

    done = work / "preprocessed" / dataset.name
    if not (done / "prepared").exists():
        number = int(dataset.name[7:10])
        extract_fingerprints([number], num_processes=1)
        plan_experiments([number])
        preprocess([number], configurations=[configuration], num_processes=[1])
        shutil.copy(dataset / "splits_final.json", done)
        (done / "prepared").touch()


def train(dataset: Path, configuration: str, fold: int, cpu_seconds: float) -> Path:
    """Train for so many CPU seconds of this process and return the folder of the network."""
    import torch
    from nnunetv2.run.run_training import get_trainer_from_args

    torch.set_num_threads(1)
    os.environ |= {"nnUNet_n_proc_DA": "0"}  # in this process, whose CPU time counts; the planner does not take 0
    trainer = get_trainer_from_args(dataset.name, configuration, fold, device=torch.device("cpu"))
    trainer.on_train_start()
    trainer.network.train()
    start, steps = time.process_time(), 0
    while (share := (time.process_time() - start) / cpu_seconds) < 1:
        for group in trainer.optimizer.param_groups:
            group["lr"] = trainer.initial_lr * (1 - share) ** 0.9
        loss = trainer.train_step(next(trainer.dataloader_train))["loss"]
        steps += 1
        print(f"step {steps}, {100 * share:.0f} % of {cpu_seconds:g} CPU s: loss {loss:.3f}", flush=True)
    trainer.save_checkpoint(f"{trainer.output_folder}/checkpoint_final.pth")
    return Path(trainer.output_folder_base)


def predict(trained: Path, dataset: Path, fold: int, masks: Path, cases: list[str]) -> None:
    """Write a mask of each case, without mirroring, which would take eight times as long."""
    import torch
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(
        use_mirroring=False, perform_everything_on_device=False, device=torch.device("cpu"), allow_tqdm=False
    )
    predictor.initialize_from_trained_model_folder(str(trained), (fold,), "checkpoint_final.pth")
    masks.mkdir(parents=True, exist_ok=True)
    images = {
        image.name.removesuffix("_0000.nii.gz"): str(image)
        for folder in ("imagesTr", "imagesTs")
        for image in (dataset / folder).glob("*_0000.nii.gz")
    }
    start = time.process_time()
    predictor.predict_from_files_sequential([[images[case]] for case in cases], [str(masks / case) for case in cases])
    print(f"{len(cases)} cases predicted: {(time.process_time() - start) / len(cases):.1f} CPU s each")


if __name__ == "__main__":
    main()
