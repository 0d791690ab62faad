"""One peer of the probe benchmark, kept alive, driven by JSON lines as serve.py is.

usage: probe_serve.py KIND FOLDER LABELS
KIND: sklearn-lbfgs, sklearn-newton-cholesky, torch-lbfgs, torch-lbfgs-16, cyanure, torch-sgd, matmul
FOLDER and LABELS name a problem as probe_data.py reads it. First line out: {"ready": true, "version"}. Then
  {"fit": {"l2", "target", "limit"}}     -> {"curve": [[seconds, objective], ...], "objective", "seconds"}
      until the objective is at most target or the seconds at most limit; "objective" is the last point's in float64
  {"epochs": N, "rates": [...], "batch": N} -> {"seconds", "epochs"}            (torch-sgd)
  {"products": C, "repetitions": N}      -> {"seconds"}: of X W and X' R, C wide, the shortest   (matmul)
A command that fails answers {"error": MESSAGE}. The end of stdin ends the process.
"""

import sys

from answering import answer_lines, refuse
from probe_data import Problem


def make_peer(kind, problem):
    """Imports only the library that is asked for."""
    family, _, solver = kind.partition("-")
    if family == "sklearn":
        from probe_sklearn import SklearnPeer

        return SklearnPeer(problem, solver)
    if family == "torch" and solver.startswith("lbfgs"):
        from probe_torch import TorchPeer

        return TorchPeer(problem, int(solver.partition("-")[2] or 0))
    if kind == "torch-sgd":
        from probe_sgd import SgdPeer

        return SgdPeer(problem)
    if kind == "cyanure":
        from probe_cyanure import CyanurePeer

        return CyanurePeer(problem)
    if kind == "matmul":
        from probe_matmul import MatmulPeer

        return MatmulPeer(problem)
    raise ValueError(f"peer not known: {kind}")


def fit(peer, problem, options):
    curve, weight, bias = peer.fit(**options)
    objective = problem.objective(weight, bias, options["l2"])
    return {"curve": curve, "objective": objective, "seconds": curve[-1][0]}


def answer(peer, problem, command):
    if "fit" in command:
        return fit(peer, problem, command["fit"])
    return peer.answer(command)


def main(arguments):
    if len(arguments) != 3:
        refuse("usage: probe_serve.py KIND FOLDER LABELS")
    kind, folder, labels = arguments

    def start():
        problem = Problem(folder, labels)
        peer = make_peer(kind, problem)
        return {"version": peer.version}, lambda command: answer(peer, problem, command)

    answer_lines("probe_serve.py", start)


if __name__ == "__main__":
    main(sys.argv[1:])
