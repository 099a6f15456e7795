"""Customer features of a small table of transactions, by pandas.

Run: python tests/golden/features.py > tests/golden/features.json
"""

import json
import random

import numpy as np
import pandas as pd

AS_OF = pd.Timestamp("2024-12-20 18:00:00")
DAY = pd.Timedelta(days=1)


def transactions():
    draw = random.Random(7)
    rows = []
    for order in range(60):
        customer = draw.choice([None, 3, 8, 8, 8, 17, 17, 25, 31, 31, 44, 59, 60, 71])
        time = pd.Timestamp("2024-01-05") + pd.Timedelta(minutes=draw.randrange(365 * 24 * 60))
        for _ in range(draw.randrange(1, 4)):
            rows.append({
                "CustomerID": customer,
                "InvoiceDate": time,
                "InvoiceNo": f"{536000 + order}",
                "StockCode": draw.choice(["A1", "B2", "C3", "D4", "E5"]),
                "Quantity": -1 if draw.random() < 0.15 else draw.randrange(1, 7),
                "UnitPrice": 0.0 if draw.random() < 0.05 else round(draw.uniform(0.2, 40.0), 2),
            })
    # Somebody with one order, somebody who only returned, and lines without a time or a price.
    rows.append({**rows[3], "CustomerID": 12, "Quantity": 2})
    rows.append({**rows[0], "CustomerID": 99, "Quantity": -2})
    rows.append({**rows[1], "CustomerID": 17, "InvoiceDate": pd.NaT})
    rows.append({**rows[2], "CustomerID": 31, "UnitPrice": np.nan})
    return pd.DataFrame(rows)


def features(table):
    lines = table.dropna(subset=["CustomerID", "InvoiceDate", "UnitPrice"])
    lines = lines[lines.InvoiceDate <= AS_OF].copy()
    lines["value"] = lines.Quantity * lines.UnitPrice
    lines["month"] = lines.InvoiceDate.dt.to_period("M")
    bought = lines[lines.Quantity > 0]
    by_customer = bought.groupby("CustomerID")
    out = pd.DataFrame({
        "recency_days": (AS_OF - by_customer.InvoiceDate.max()) / DAY,
        "frequency": by_customer.InvoiceNo.nunique(),
    })
    purchases = by_customer.value.sum()
    returns = -lines[lines.Quantity < 0].groupby("CustomerID").value.sum().reindex(out.index).fillna(0.0)
    recent = bought[bought.InvoiceDate > AS_OF - 90 * DAY].groupby("CustomerID").value.sum()
    out["monetary"] = purchases - returns
    out["basket_mean"] = purchases / out.frequency
    out["tenure_days"] = (AS_OF - by_customer.InvoiceDate.min()) / DAY
    span = out.tenure_days - out.recency_days
    out["days_between_orders"] = (span / (out.frequency - 1)).where(out.frequency > 1)
    out["return_rate"] = (returns / purchases).where(purchases > 0)
    out["recent_share"] = (recent.reindex(out.index).fillna(0.0) / purchases).where(purchases > 0)
    out["active_months"] = by_customer.month.nunique()
    out["units"] = by_customer.Quantity.sum()
    out["products"] = by_customer.StockCode.nunique()
    return out.reset_index()


def listed(column):
    if column.dtype.kind == "M":
        return [None if pd.isna(time) else str(time) for time in column]
    return [None if pd.isna(value) else value for value in column.tolist()]


table = transactions()
print(json.dumps({
    "made_by": {"pandas": pd.__version__, "numpy": np.__version__},
    "as_of": str(AS_OF),
    "transactions": {name: listed(table[name]) for name in table},
    "features": {name: listed(column) for name, column in features(table).items()},
}, indent=1))
