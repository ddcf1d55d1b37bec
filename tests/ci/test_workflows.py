"""The workflows: what they may do, what they use, and that what they run works without the service."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomllib
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from test_merge import ALL, QUICK, in_modes, made
from test_watch import VERSIONS, GitHub, drift, install_gh, run, with_modes

from module_drift.judging.judgement import MATCHES
from module_drift.sweeping import environments

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github/workflows").iterdir())
WORKFLOWS = {file.name: yaml.safe_load(file.read_text(encoding="utf-8")) for file in FILES}
JOBS = {(file, name): job for file, workflow in WORKFLOWS.items() for name, job in workflow["jobs"].items()}
STEPS = {
    (file, job, number): step
    for (file, job), found in JOBS.items()
    for number, step in enumerate(found.get("steps", []))
}
READ = {"contents": "read"}
MORE_THAN_READ = {
    ("nightly.yml", "watch"): {**READ, "issues": "write"},
    ("releases.yml", "site"): {**READ, "pages": "read"},
    ("releases.yml", "publish"): {"pages": "write", "id-token": "write"},
}


def test_there_are_workflows():
    assert list(WORKFLOWS) == ["ci.yml", "dependencies.yml", "nightly.yml", "releases.yml", "runs.yml", "suite.yml"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_actions_are_pinned_by_commit_and_their_version_is_said(file):
    used = re.findall(r"uses: (.*)", file.read_text(encoding="utf-8"))
    assert used
    for line in used:
        assert (
            re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line) or line == "$/.github/workflows/runs.yml"
        )


def test_each_action_is_used_in_one_version():
    used = {step["uses"] for step in STEPS.values() if "uses" in step}
    assert len({action.partition("@")[0] for action in used}) == len(used)


def test_rights_are_least():
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] == {}
    for place, job in JOBS.items():
        checks_out = any("checkout" in step.get("uses", "") for step in job.get("steps", [])) or "uses" in job
        assert job["permissions"] == MORE_THAN_READ.get(place, READ if checks_out else {})


def test_where_more_may_be_written_than_an_issue_nothing_of_the_checkout_runs():
    assert [list(step) for (_, job, _), step in STEPS.items() if job == "publish"] == [["id", "uses"]]


def test_what_torch_runs_beside_cannot_write():
    for (file, name), job in JOBS.items():
        if "write" in job["permissions"].values():
            assert (file, name) in (("nightly.yml", "watch"), ("releases.yml", "publish"))
            assert not re.search(r"tox run|sweep \"|tools\.ci\.nightly", json.dumps(job))


def test_jobs_install_what_is_locked_by_its_hashes_and_build_with_that():
    installed = []
    for (_, job, _), step in STEPS.items():
        lines = [line.strip() for line in step.get("run", "").splitlines() if re.search(r"\b(pip|uv|npm|apt)\b", line)]
        lines = [line for line in lines if not line.startswith("python -m pip index versions torch")]
        if lines:
            assert lines == [
                "python -m pip install --quiet --require-hashes -r requirements/workflows.txt",
                "python -m pip install --quiet --no-deps --no-build-isolation -e .",
            ]
            installed.append(job)
    assert {"watch", "site"} <= set(installed)


def test_what_is_locked_by_its_hashes_is_all_that_the_jobs_and_the_build_need():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    needed = [
        *project["project"]["dependencies"],
        *extras["site"],
        *extras["sweep"],
        *project["build-system"]["requires"],
    ]
    text = (ROOT / "requirements/workflows.txt").read_text(encoding="utf-8")
    pins = dict(re.findall(r"^(\S+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE))
    assert len(pins) == text.count("==") > 20
    for requirement in map(Requirement, needed):
        if not requirement.marker or requirement.marker.evaluate({"python_version": "3.11"}):
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_credentials_do_not_stay_in_checkouts():
    for step in STEPS.values():
        if "checkout" in step.get("uses", ""):
            assert step["with"] == {"persist-credentials": False}


def test_nothing_is_pasted_into_scripts_and_they_stop_at_the_first_error():
    for workflow in WORKFLOWS.values():
        assert workflow["defaults"] == {"run": {"shell": "bash"}}  # By which GitHub adds -e and pipefail.
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
        assert step.get("run", "").count("\n") < 6
        assert "shell" not in step


def test_every_job_ends_and_no_workflow_runs_twice_at_once():
    for job in JOBS.values():
        assert "uses" in job or job["timeout-minutes"] <= 60
    for name, workflow in WORKFLOWS.items():
        assert ("concurrency" in workflow) == (name != "runs.yml")


def test_only_pull_requests_without_rights_start_from_outside():
    triggers = {name: set(workflow[True]) for name, workflow in WORKFLOWS.items()}  # YAML 1.1 reads on as true.
    assert triggers == {
        "ci.yml": {"pull_request", "push"},
        "dependencies.yml": {"schedule", "workflow_dispatch"},
        "nightly.yml": {"schedule", "workflow_dispatch"},
        "releases.yml": {"schedule", "workflow_dispatch"},
        "runs.yml": {"workflow_call"},
        "suite.yml": {"schedule", "workflow_dispatch"},
    }


def test_no_file_names_an_index():
    for file in [*FILES, *(ROOT / "tools/ci").glob("*.py")]:
        assert not re.search(r"pypi\.org|pythonhosted|download\.pytorch", file.read_text(encoding="utf-8"))


class Job:
    """Runs steps as the service does, in a copy of the checkout, with stand-ins for commands that are not here."""

    def __init__(self, folder):
        self.root, self.commands = folder / "checkout", folder / "commands"
        self.commands.mkdir()
        for name in ("cases", "docs", "golden", "module_drift", "tools", "tox.ini", "pyproject.toml", "README.md"):
            self.root.mkdir(exist_ok=True)
            if name == "tox.ini":
                shutil.copy(ROOT / name, self.root)
            elif name in ("cases", "golden"):  # Which may not be links out of the project.
                shutil.copytree(ROOT / name, self.root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                (self.root / name).symlink_to(ROOT / name)
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        self.command("python", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        start = "import sys; from module_drift.cli import main; main(sys.argv[1:])"
        self.command("module-drift", f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n')
        install_gh(self.commands / "gh")
        self.github = GitHub(folder / "gh.json")

    def command(self, name, text):
        (self.commands / name).write_text(text, encoding="utf-8")
        (self.commands / name).chmod(0o755)

    def run(self, file, job, step, **context):
        """Run the step of that name; `context` is what its expressions come to, by the name of the variable."""
        (found,) = (one for (f, j, _), one in STEPS.items() if (f, j, one.get("name")) == (file, job, step))
        needed = {**JOBS[file, job].get("env", {}), **found.get("env", {})}
        given = {name: context[name] if "${{" in str(value) else value for name, value in needed.items()}
        assert given.keys() >= context.keys()
        script = self.root.parent / "script.sh"
        script.write_text(found["run"], encoding="utf-8")
        paths = {name: str(file) for name, file in self.files.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "GITHUB_"))}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.root,
            env={
                **inherited,
                "PATH": f"{self.commands}:{os.environ['PATH']}",
                "FAKE_GH": str(self.github.file),
                "GITHUB_REPOSITORY": "owner/name",
                **paths,
                **given,
            },
            capture_output=True,
            text=True,
        )

    def said(self, name):
        return self.files[name].read_text(encoding="utf-8") if self.files[name].exists() else ""

    def leave(self, name, content):
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")


@pytest.fixture
def job(tmp_path):
    return Job(tmp_path)


def test_the_matrix_reaches_the_jobs(job):
    done = job.run("runs.yml", "matrix", "Ask tox.ini", LABEL="cuda")
    assert done.returncode == 0, done.stderr
    name, _, jobs = job.said("GITHUB_OUTPUT").partition("=")
    assert name == "jobs"
    assert [one["environment"] for one in json.loads(jobs)["include"]] == [
        f"torch{release}-cuda" for release in environments.releases(ROOT, "cuda")
    ]
    assert job.run("runs.yml", "matrix", "Ask tox.ini", LABEL="slow").returncode == 2


@pytest.mark.parametrize(
    ("backend", "keep", "arguments"), [("cpu", "--keep-cache", "--keep-cache --json"), ("", "", "--json")]
)
def test_a_release_is_run_with_the_wheels_that_were_asked_for(job, backend, keep, arguments):
    job.command("module-drift", '#!/bin/sh\necho "$@" "[${UV_TORCH_BACKEND-none}]"\nexit 1\n')
    place = {"RELEASE": "1.4.0", "DEVICE": "cpu", "ENVIRONMENT": "torch1.4.0-cpu"}
    done = job.run("runs.yml", "run", "Run the suite", KEEP=keep, TORCH_BACKEND=backend, **place)
    runs = f"{arguments} runs/torch1.4.0-cpu.json"
    said = f"sweep 1.4.0 --all --device cpu --fresh {runs} [{backend or 'none'}]\n"
    assert (done.returncode, done.stdout) == (1, said)


def test_a_runner_without_cuda_is_red(job):
    place = {"RELEASE": "1.4.0", "DEVICE": "cuda", "ENVIRONMENT": "torch1.4.0-cuda"}
    job.command("nvidia-smi", "#!/bin/sh\nexit 9\n")
    done = job.run("runs.yml", "run", "Is there a CUDA device", **place)
    assert (done.returncode, done.stdout) == (1, "::error::the runner has no CUDA device, or no driver for it\n")
    job.command("nvidia-smi", "#!/bin/sh\n")
    assert job.run("runs.yml", "run", "Is there a CUDA device", **place).returncode == 0


def test_the_quick_releases_are_merged(job):
    for release in QUICK[1:]:
        job.leave(f"runs/run-quick-torch{release}-cpu/torch{release}-cpu.json", [made(release), *in_modes(release)])
    assert job.run("ci.yml", "verdict", "Merge them").returncode == 2
    job.leave("runs/run-quick-torch1.4.0-cpu/torch1.4.0-cpu.json", [made("1.4.0"), *in_modes("1.4.0")])
    job.files["GITHUB_STEP_SUMMARY"].unlink()
    done = job.run("ci.yml", "verdict", "Merge them")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert job.said("GITHUB_STEP_SUMMARY").startswith(f"## {ALL} runs: {ALL} matches\n")


@pytest.mark.parametrize("cuda", ["", "cuda"])
def test_all_releases_are_merged(job, cuda):
    count = 0
    for label in ("cpu", "arm", "lazy", "meta", "xla"):
        for one in environments.labelled(ROOT, label):
            found = [
                made(str(one.release), device=one.device),
                *(in_modes(str(one.release)) if one.device == "cpu" else []),
            ]
            count += len(found)
            job.leave(f"runs/run-{label}-{one.name}/{one.name}.json", found)
    done = job.run("releases.yml", "verdict", "Merge them", CUDA=cuda)
    assert done.returncode == (2 if cuda else 0)
    said = ", 46 could not be run" if cuda else ""
    runs = f"## {count + 46 * bool(cuda)} runs: {count} {MATCHES}{said}\n"
    assert job.said("GITHUB_STEP_SUMMARY").startswith(runs)


def test_that_no_runner_and_no_index_is_configured_is_said(job):
    done = job.run("releases.yml", "no-cuda", "Say so")
    assert done.stdout.startswith("::notice title=CUDA was not run::")
    assert "GPU_RUNNER" in done.stdout
    done = job.run("nightly.yml", "no-nightly", "Say so")
    assert done.stdout.startswith("::notice title=No nightly was run::")
    for place, variable in {
        ("releases.yml", "cuda"): "GPU_RUNNER",
        ("releases.yml", "no-cuda"): "GPU_RUNNER",
        ("nightly.yml", "nightly"): "TORCH_NIGHTLY_INDEX",
        ("nightly.yml", "no-nightly"): "TORCH_NIGHTLY_INDEX",
    }.items():
        assert JOBS[place]["if"] == f"vars.{variable} {'==' if place[1].startswith('no-') else '!='} ''"


def test_the_site_is_published_where_the_repository_has_pages(job):
    done = job.run("releases.yml", "site", "Has the repository Pages", GH_TOKEN="t")
    assert (done.returncode, job.said("GITHUB_OUTPUT")) == (0, "publish=true\n")
    for state in ({"pages": "legacy"}, {"fails": True}):
        job.files["GITHUB_OUTPUT"].unlink(missing_ok=True)
        job.github.set(**state)
        done = job.run("releases.yml", "site", "Has the repository Pages", GH_TOKEN="t")
        assert (done.returncode, job.said("GITHUB_OUTPUT")) == (0, "")
        assert done.stdout.startswith("::notice title=The site was not published::")


def test_the_site_is_written_where_it_is_uploaded_from(job):
    assert job.run("releases.yml", "site", "Write it").returncode == 0
    (upload,) = (step for step in STEPS.values() if "upload-pages" in step.get("uses", ""))
    assert (job.root / upload["with"]["path"] / "index.html").is_file()


def test_the_watch_opens_an_issue_and_says_a_night_that_could_not_be_run(job):
    job.leave("versions.txt", VERSIONS)
    job.leave("nightly/run.json", with_modes(run(drift("hook/code-3"))))
    done = job.run("nightly.yml", "watch", "Watch", GH_TOKEN="t", RUN="nightly/run.json")
    assert (done.returncode, done.stdout) == (0, "opened issue 1\n"), done.stderr
    assert job.said("GITHUB_STEP_SUMMARY") == "- opened issue 1\n"
    (job.root / "nightly/run.json").unlink()
    done = job.run("nightly.yml", "watch", "Watch", GH_TOKEN="t", RUN="nightly/run.json")
    assert done.returncode == 2
    assert done.stdout.startswith("updated issue 1\n::error::nightly/run.json: cannot be read")
    done = job.run("nightly.yml", "watch", "Watch", GH_TOKEN="t", RUN="")
    assert (done.returncode, done.stdout) == (0, "updated issue 1\n")


def test_an_index_that_does_not_answer_leaves_the_rest_of_the_watch_to_be_done(job):
    job.command("python", "#!/bin/sh\necho 'ERROR: No matching distribution found for torch' >&2\nexit 1\n")
    assert job.run("nightly.yml", "watch", "Ask the index").returncode == 0
    assert (job.root / "versions.txt").read_text() == ""
