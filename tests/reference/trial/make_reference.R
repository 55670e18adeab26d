# Reference results of R for tests/trial. From the root of the repository, with r-base-core, r-cran-nlme, r-cran-survival:
#   Rscript tests/reference/trial/make_reference.R
# It reads tests/reference/trial/fev_data.csv and writes tests/reference/trial/r_results.json.

library(nlme)
library(survival)

here <- "tests/reference/trial"
fev <- read.csv(file.path(here, "fev_data.csv"))
fev$visit <- match(fev$AVISIT, paste0("VIS", 1:4))
fev$visit_f <- factor(fev$AVISIT)
fev$arm <- factor(fev$ARMCD, levels = c("PBO", "TRT"))
seen <- fev[!is.na(fev$FEV1), ]

control <- glsControl(maxIter = 400, msMaxIter = 400, tolerance = 1e-12, msTol = 1e-14, opt = "nlminb")
visits_gls <- function(correlation) {
  gls(FEV1 ~ visit_f + visit_f:arm + visit_f:FEV1_BL + RACE + SEX - 1,
    data = seen, correlation = correlation, weights = varIdent(form = ~ 1 | visit_f), method = "REML", control = control
  )
}
told_gls <- function(fit, differences) {
  table <- summary(fit)$tTable
  list(
    estimate = unname(table[differences, "Value"]), se = unname(table[differences, "Std.Error"]),
    loglik = as.numeric(logLik(fit))
  )
}
arms <- paste0("visit_fVIS", 1:4, ":armTRT")
gls_results <- list(
  unstructured = told_gls(visits_gls(corSymm(form = ~ visit | USUBJID)), arms),
  autoregressive = told_gls(visits_gls(corAR1(form = ~ visit | USUBJID)), arms),
  compound_symmetry = told_gls(visits_gls(corCompSymm(form = ~ visit | USUBJID)), arms)
)
last <- fev[fev$AVISIT == "VIS4" & !is.na(fev$FEV1), ]
line <- lm(FEV1 ~ arm + FEV1_BL + SEX, last)
hc3 <- function(fit) {
  x <- model.matrix(fit)
  bread <- solve(crossprod(x))
  meat <- crossprod(x * (residuals(fit) / (1 - hatvalues(fit))))
  sqrt(diag(bread %*% meat %*% bread))
}
ancova <- list(
  estimate = unname(coef(line)["armTRT"]), se = unname(summary(line)$coefficients["armTRT", "Std. Error"]),
  se_hc3 = unname(hc3(line)["armTRT"]), df = line$df.residual, p = unname(summary(line)$coefficients["armTRT", 4])
)

ucb <- mantelhaen.test(UCBAdmissions, correct = FALSE)
cmh <- list(
  statistic = unname(ucb$statistic), p = ucb$p.value, odds_ratio = unname(ucb$estimate),
  low = ucb$conf.int[1], high = ucb$conf.int[2], table = as.vector(UCBAdmissions)
)

gehan <- data.frame(
  time = c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
           1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
  event = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, rep(1, 21)),
  arm = rep(c("6-MP", "placebo"), each = 21)
)
gehan$drug <- as.numeric(gehan$arm == "6-MP")
curve <- survfit(Surv(time, event) ~ 1, gehan[gehan$drug == 1, ], conf.type = "log-log")
events <- curve$n.event > 0
cox <- coxph(Surv(time, event) ~ drug, gehan, ties = "efron")
ranks <- survdiff(Surv(time, event) ~ arm, gehan)
peto <- survdiff(Surv(time, event) ~ arm, gehan, rho = 1)
ovary <- survdiff(Surv(futime, fustat) ~ rx + strata(resid.ds), ovarian)
ovary_cox <- coxph(Surv(futime, fustat) ~ I(rx == 2) + age + strata(resid.ds), ovarian, ties = "efron")
survival <- list(
  time = curve$time[events], share = curve$surv[events], se = (curve$std.err * curve$surv)[events],
  low = curve$lower[events], high = curve$upper[events], median = unname(summary(curve)$table[c("median", "0.95LCL", "0.95UCL")]),
  cox = list(log_ratio = unname(coef(cox)), se = sqrt(cox$var[1, 1])),
  log_rank = ranks$chisq, fleming_harrington_1_0 = peto$chisq, observed = ranks$obs, expected = ranks$exp,
  ovarian = list(
    time = ovarian$futime, event = ovarian$fustat, arm = ovarian$rx, stratum = ovarian$resid.ds, age = ovarian$age,
    stratified_log_rank = ovary$chisq, cox_log_ratio = unname(coef(ovary_cox)[1]), cox_se = sqrt(ovary_cox$var[1, 1])
  )
)

json <- function(x) {
  if (is.list(x)) {
    return(paste0("{", paste(sprintf('"%s": %s', names(x), vapply(x, json, "")), collapse = ", "), "}"))
  }
  numbers <- vapply(x, function(v) if (is.na(v)) "null" else format(as.numeric(v), digits = 15), "")
  if (length(numbers) == 1) numbers else paste0("[", paste(numbers, collapse = ", "), "]")
}
about <- sprintf('"%s, nlme %s, survival %s"', R.version.string, packageVersion("nlme"), packageVersion("survival"))
results <- list(gls = gls_results, ancova = ancova, cmh = cmh, survival = survival)
body <- paste(sprintf('"%s": %s', names(results), vapply(results, json, "")), collapse = ",\n ")
writeLines(paste0('{"made_with": ', about, ",\n ", body, "}"), file.path(here, "r_results.json"))
