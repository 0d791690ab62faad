"""scikit-learn's LogisticRegression, telling seconds and objective as it goes: C = 1 / (l2 n) is strata's objective."""

import time
import warnings

import sklearn
import sklearn.linear_model._glm._newton_solver as newton
import sklearn.linear_model._logistic as logistic

warnings.filterwarnings("ignore")

# newton-cholesky keeps a matrix of (features + 1) classes squared: not more than this of it.
MOST_HESSIAN_BYTES = 1e9


class Watch:
    """Takes down (seconds, objective) and says when it is enough."""

    def __init__(self, target, limit):
        self.target, self.limit, self.start, self.curve = target, limit, time.perf_counter(), []

    def enough(self, objective):
        seconds = time.perf_counter() - self.start
        self.curve.append((seconds, float(objective)))
        return objective <= self.target or seconds > self.limit


class SklearnPeer:
    """lbfgs stops from scipy's callback, newton-cholesky after a line search; both report F as they computed it."""

    def __init__(self, problem, solver):
        self.problem, self.solver, self.version = problem, solver, sklearn.__version__
        if solver == "newton-cholesky":
            side = (problem.x.shape[1] + 1) * problem.classes
            if side**2 * problem.x.itemsize > MOST_HESSIAN_BYTES:
                raise ValueError(f"newton-cholesky would need a Hessian of {side} x {side}")

    def fit(self, l2, target, limit):
        watch = Watch(target, limit)
        model = logistic.LogisticRegression(
            C=1 / (l2 * len(self.problem.y)), solver=self.solver, tol=1e-12, max_iter=100_000
        )
        with watched(watch):
            model.fit(self.problem.x, self.problem.y)
        return watch.curve, model.coef_, model.intercept_


class watched:
    """Puts a watch into both solvers, and takes it out again."""

    def __init__(self, watch):
        self.watch = watch

    def __enter__(self):
        self.minimize, self.line_search = logistic.optimize.minimize, newton.NewtonSolver.line_search
        minimize, line_search, watch = self.minimize, self.line_search, self.watch

        def stop(intermediate_result):
            if watch.enough(intermediate_result.fun):
                raise StopIteration

        def stopping(solver, *args, **options):
            line_search(solver, *args, **options)
            if watch.enough(solver.loss_value):
                solver.max_iter = solver.iteration

        logistic.optimize.minimize = lambda *args, **options: minimize(*args, **{**options, "callback": stop})
        newton.NewtonSolver.line_search = stopping

    def __exit__(self, *_):
        logistic.optimize.minimize, newton.NewtonSolver.line_search = self.minimize, self.line_search
