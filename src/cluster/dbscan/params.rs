use crate::cluster::ClusterError;

/// Parameters of DBSCAN as they were given; [`DbscanParams::check`] makes them usable.
///
/// ```
/// use segmint::cluster::dbscan::DbscanParams;
/// assert_eq!(DbscanParams::new(0.5, 5).check().unwrap().min_samples(), 5);
/// let error = DbscanParams::new(f64::NAN, 5).check().unwrap_err();
/// assert_eq!(error.to_string(), "cluster.dbscan.eps must be a finite number > 0, got NaN");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DbscanParams(DbscanValidParams);

impl DbscanParams {
    /// Neighbours are rows within `eps` (normalized units, > 0 and finite); a row with at least `min_samples` (≥ 1) of
    /// them, itself included, is a core row.
    pub fn new(eps: f64, min_samples: usize) -> Self {
        DbscanParams(DbscanValidParams { eps, min_samples })
    }

    /// The same parameters, checked.
    ///
    /// # Errors
    /// [`ClusterError::Parameter`] with the value that is out of range; NaN is.
    pub fn check(self) -> Result<DbscanValidParams, ClusterError> {
        self.check_fields()?;
        Ok(self.0)
    }

    /// Refuses values out of range, as [`DbscanParams::check`] does.
    pub(super) fn check_fields(&self) -> Result<&DbscanValidParams, ClusterError> {
        let DbscanValidParams { eps, min_samples } = self.0;
        if !(eps > 0.0 && eps.is_finite()) {
            let (key, value) = ("cluster.dbscan.eps", eps.to_string());
            return Err(ClusterError::Parameter { key, value, allowed: "a finite number > 0" });
        }
        if min_samples == 0 {
            let (key, value) = ("cluster.dbscan.min_samples", min_samples.to_string());
            return Err(ClusterError::Parameter { key, value, allowed: "a whole number ≥ 1" });
        }
        Ok(&self.0)
    }
}

/// Checked parameters: the only ones that can be fitted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DbscanValidParams {
    eps: f64,
    min_samples: usize,
}

impl DbscanValidParams {
    /// The radius of a neighbourhood, in normalized units.
    pub fn eps(&self) -> f64 {
        self.eps
    }

    /// The neighbours, itself included, that make a row a core row.
    pub fn min_samples(&self) -> usize {
        self.min_samples
    }

    /// The radius squared in f64, which squared distances are held against.
    pub(super) fn eps_squared(&self) -> f64 {
        self.eps * self.eps
    }
}
